export * as mergefetch from "mergefetch";
export * as worker from "mergefetch/worker";
