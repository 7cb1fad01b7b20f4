// Package settings is the sheet of what holds beyond one meeting.
package settings
