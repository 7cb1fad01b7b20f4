// Package picture makes the pictures that benchmarks send, and compares them
// with what arrives.
package picture
