// Package invite makes, parses and redeems meeting links.
package invite
