// Package instance keeps one window per user and settings folder: a later start
// hands what it was asked for to the first one.
package instance
