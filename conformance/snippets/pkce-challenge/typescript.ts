import { createHash, randomBytes } from "node:crypto";

/** A verifier for this sign-in alone, and its challenge for code_challenge_method=S256. */
function proofKey(): { verifier: string; challenge: string } {
  const verifier = randomBytes(32).toString("base64url"); // 43 characters
  const challenge = createHash("sha256").update(verifier, "ascii").digest("base64url");
  return { verifier, challenge };
}
