// Package settings keeps preferences and recent meetings in one JSON file (0600),
// and what is secret in the meetings' links in the system's keyring.
package settings
