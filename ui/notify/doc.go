// Package notify shows desktop notifications.
package notify
