//go:build unix

// Package browser runs livekit-client in headless Chromium as one more person
// in a meeting. The page is served by this package; commands go to it as
// server-sent events, and reports come back as HTTP posts.
package browser
