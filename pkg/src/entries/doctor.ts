/**
 * Checks a server by harmless requests, and says in sentences what it lacks.
 *
 * @packageDocumentation
 */
export { type DoctorOptions, doctor } from "../doctor/doctor.js";
export { conclude } from "../doctor/conclude.js";
export type { Conclusions, Content, Exchange, Finding, FindingCode, Observations, Report, ScratchObservations, Unchecked } from "../doctor/report.js";
