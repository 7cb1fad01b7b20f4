// Package journal keeps what a running program reports, so that tests wait for
// a report instead of for time to pass.
package journal
