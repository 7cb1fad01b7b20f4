package lkclient

// recentMax is how many digests are remembered at least, and half of the most:
// about 2 MB.
const recentMax = 1 << 15

// recent remembers the newest digests. The zero value is ready to use.
type recent struct{ newer, older map[[16]byte]struct{} }

// add reports whether a digest is new, and remembers it.
func (r *recent) add(digest [16]byte) bool {
	_, newer := r.newer[digest]
	_, older := r.older[digest]
	if newer || older {
		return false
	}
	if r.newer == nil || len(r.newer) >= recentMax {
		r.newer, r.older = map[[16]byte]struct{}{}, r.newer
	}
	r.newer[digest] = struct{}{}
	return true
}
