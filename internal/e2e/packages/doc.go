// Package packages installs Foyer's packages into fresh systems, whole trees of
// a Debian release, and uses what they put there. It wants root.
package packages
