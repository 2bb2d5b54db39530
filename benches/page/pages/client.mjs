// What our page takes of the package, and nothing else.
import { createClient } from "mergefetch";

globalThis.createClient = createClient;
