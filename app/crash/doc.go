// Package crash keeps what Go prints when the program crashes: stacks, which hold
// no strings, under the words of the panic, which may. Nothing is sent anywhere.
package crash
