// Package testcall is the meeting with an echo: a participant that sends back
// what it hears two seconds later and shows a moving card with a clock.
package testcall
