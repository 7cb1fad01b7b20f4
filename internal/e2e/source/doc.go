// Package source holds the test that builds Foyer from its source in fresh systems.
package source
