// Package e2e tests Foyer as a whole: the built program in real windows under
// Xvfb with a window manager, on a real sound server, against a real browser
// with livekit-client. Its subpackages are what the tests stand on.
//
// FOYER_BIN names the binary (else one is built), FOYER_E2E_REQUIRE=1 makes a
// missing tool a failure, FOYER_SOAK is how long the soak runs, and
// FOYER_SCREENSHOTS is where the pictures for the README go.
package e2e
