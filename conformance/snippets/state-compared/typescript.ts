/** What the browser brings counts only for the sign-in that was begun here. */
function codeOf(callback: URL, state: string): string {
  const query = callback.searchParams;
  // Before anything else: also an error counts only with the right state.
  if (query.get("state") !== state) {
    throw new ForeignCallback(); // answer 400, and wait for the right one
  }
  const refusal = query.get("error");
  if (refusal) throw new Error(`sign-in refused: ${refusal}`);
  const code = query.get("code");
  if (!code) throw new ForeignCallback();
  return code;
}
