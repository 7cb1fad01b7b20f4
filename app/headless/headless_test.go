package headless

import (
	"bytes"
	"encoding/json"
	"fmt"
	"testing"

	"foyer/app/call"
)

// A call keeps 2000 lines: with more, the list is as long as before, and newer.
func TestEachLineOfChatIsPrintedOnce(t *testing.T) {
	var out bytes.Buffer
	p := &printer{e: json.NewEncoder(&out)}
	const kept, all = 2000, 2345
	var list []call.Message
	shown := uint64(0)
	for n := uint64(1); n <= all; n++ {
		list = append(list, call.Message{Seq: n, Text: fmt.Sprint(n)})
		if len(list) > kept {
			list = list[1:]
		}
		if n%7 == 0 || n == all { // snapshots are coalesced
			shown = p.printChat(0, list, shown)
		}
	}
	d := json.NewDecoder(&out)
	for n := uint64(1); n <= all; n++ {
		var l line
		if err := d.Decode(&l); err != nil {
			t.Fatalf("line %d: %v", n, err)
		}
		if l.Type != "chat" || l.Message == nil || l.Message.Seq != n {
			t.Fatalf("line %d is %+v", n, l)
		}
	}
	if d.More() {
		t.Error("more is printed than was said")
	}
}
