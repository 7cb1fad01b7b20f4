// Package report holds what a benchmark has found: figures, the targets they are
// held against, and how both are printed.
package report
