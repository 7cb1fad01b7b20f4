package headless

import (
	"encoding/json"
	"math"
	"strings"
	"testing"

	"foyer/app/call"
)

func TestPrinterTellsWhatItCannotPrint(t *testing.T) {
	var out strings.Builder
	p := &printer{e: json.NewEncoder(&out)}
	s := call.Snapshot{}
	s.Me.Level = math.NaN()
	p.print(line{Type: "snapshot", Peer: 1, Snapshot: &s})
	s.Me.Level = 0
	p.print(line{Type: "snapshot", Peer: 1, Snapshot: &s})
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	if len(lines) != 2 || !strings.Contains(lines[0], `"type":"error","peer":1`) || !strings.Contains(lines[0], "NaN") || !strings.Contains(lines[1], `"type":"snapshot"`) {
		t.Errorf("printed:\n%s", out.String())
	}
}
