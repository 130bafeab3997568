/** What a machine's slot does until the composition root fills it: it fails, and says which one was forgotten. */
export const notProvided = (slot: string) => () => Promise.reject(new Error(`slot "${slot}" was not provided`));
