// Only as this project lies inside of another one: without these lines Next.js takes that one's folder for its own.
export default { outputFileTracingRoot: import.meta.dirname, turbopack: { root: import.meta.dirname } };
