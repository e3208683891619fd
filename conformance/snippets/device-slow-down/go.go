// Polls until the person has decided, as slowly as the server wants it.
func waitForToken(ctx context.Context, device DeviceCode) (Token, error) {
	ctx, cancel := context.WithTimeout(ctx, device.ExpiresIn)
	defer cancel()
	interval := cmp.Or(device.Interval, 5*time.Second)
	for {
		select {
		case <-ctx.Done():
			return Token{}, errExpired
		case <-time.After(interval):
		}
		token, err := poll(ctx, device)
		switch {
		case err == nil:
			return token, nil
		case errors.Is(err, errAuthorizationPending):
		case errors.Is(err, errSlowDown):
			interval += 5 * time.Second // for this and for every later request
		case errors.Is(err, errUnreachable):
			interval *= 2 // the server may be back in a moment
		default:
			return Token{}, err
		}
	}
}
