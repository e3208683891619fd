// A verifier for this sign-in alone, and the challenge that goes with code_challenge_method=S256.
func proofKey() (verifier, challenge string) {
	verifier = oauth2.GenerateVerifier() // golang.org/x/oauth2
	return verifier, oauth2.S256ChallengeFromVerifier(verifier)
}
