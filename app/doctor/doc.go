// Package doctor finds out what works on this machine.
package doctor
