// One of many renews the session, and the others use what it got.
func accessToken(path string) (string, error) {
	session, err := readSession(path)
	if err != nil || !session.due() {
		return session.AccessToken, err
	}
	// Beside the session, which is replaced: a lock on a file that is gone holds nobody.
	lock := flock.New(path + ".lock") // github.com/gofrs/flock
	if err := lock.Lock(); err != nil {
		return "", err
	}
	defer lock.Unlock()
	// Read again: whoever held the lock before has renewed it.
	if session, err = readSession(path); err != nil {
		return "", err
	}
	if session.due() {
		if session, err = session.renew(); err != nil {
			return "", err
		}
		if err = session.save(path); err != nil {
			return "", err
		}
	}
	return session.AccessToken, nil
}
