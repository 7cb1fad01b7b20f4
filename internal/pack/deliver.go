package main

import (
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// deliver puts what was made into a folder, with a list of checksums.
func deliver(made []string, out string) error {
	slices.SortFunc(made, func(a, b string) int { return strings.Compare(filepath.Base(a), filepath.Base(b)) })
	var sums strings.Builder
	for _, from := range made {
		b, err := os.ReadFile(from)
		if err != nil {
			return err
		}
		to := filepath.Join(out, filepath.Base(from))
		mode := os.FileMode(0o644)
		if filepath.Ext(to) == ".run" {
			mode = 0o755
		}
		if err := os.WriteFile(to, b, mode); err != nil {
			return err
		}
		if err := os.Chmod(to, mode); err != nil {
			return err
		}
		fmt.Fprintf(&sums, "%x  %s\n", sha256.Sum256(b), filepath.Base(to))
		fmt.Printf("%6.1f MB  %s\n", float64(len(b))/1e6, to)
	}
	return os.WriteFile(filepath.Join(out, "SHA256SUMS"), []byte(sums.String()), 0o644)
}
