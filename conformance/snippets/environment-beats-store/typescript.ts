/** What was said for this run beats what was said once. The store is not even read. */
async function findCredential(option?: string): Promise<Credential> {
  if (option) return { token: option, source: "option" };
  // Set and blank is as not set: CI systems set a secret that they do not have to nothing.
  const token = process.env.MYCLI_TOKEN?.trim();
  if (token) return { token, source: "environment" };
  return readStore();
}
