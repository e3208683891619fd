// What was said for this run beats what was said once. The store is not even read.
func findCredential(option string) (credential, error) {
	if option != "" {
		return credential{option, sourceOption}, nil
	}
	// Set and blank is as not set: CI systems set a secret that they do not have to nothing.
	if token := strings.TrimSpace(os.Getenv("MYCLI_TOKEN")); token != "" {
		return credential{token, sourceEnvironment}, nil
	}
	return readStore()
}
