// What the browser brings counts only for the sign-in that was begun here.
func codeOf(callback url.Values, state string) (string, error) {
	// Before anything else: also an error counts only with the right state.
	if callback.Get("state") != state {
		return "", errForeignCallback // answer 400, and wait for the right one
	}
	if refusal := callback.Get("error"); refusal != "" {
		return "", fmt.Errorf("sign-in refused: %s", refusal)
	}
	if code := callback.Get("code"); code != "" {
		return code, nil
	}
	return "", errForeignCallback
}
