package headless

import (
	"bytes"
	"context"
	"encoding/json"
	"strings"
	"testing"
)

// A command that is too long is told of, and the one behind it is obeyed.
func TestCommandsGoOnAfterALongOne(t *testing.T) {
	var out bytes.Buffer
	left := false
	in := "{\"chat\":\"" + strings.Repeat("a", 200<<10) + "\"}\n\n{\"leave\":true}"
	obey(context.Background(), strings.NewReader(in), nil, &printer{e: json.NewEncoder(&out)}, func() { left = true })
	if !left || strings.Count(out.String(), "longer than 65536 bytes") != 1 || out.Len() > 300 {
		t.Errorf("left %v, printed %.300s", left, out.String())
	}
}
