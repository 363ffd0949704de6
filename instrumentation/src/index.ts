export { type Running, type StartOptions, start } from "./start.js";
