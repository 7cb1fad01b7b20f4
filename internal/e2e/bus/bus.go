//go:build unix

package bus

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"time"

	"github.com/godbus/dbus/v5"
)

// Bus is a running message bus. Its services are those that tests start: nothing
// is activated.
type Bus struct {
	Address string
	cmd     *exec.Cmd
}

// Missing names the program that is not installed, or is empty.
func Missing() string {
	if _, err := exec.LookPath("dbus-daemon"); err != nil {
		return "dbus-daemon"
	}
	return ""
}

const config = `<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig><type>session</type><listen>unix:tmpdir=/tmp</listen><auth>EXTERNAL</auth>
<policy context="default"><allow send_destination="*" eavesdrop="true"/><allow eavesdrop="true"/><allow own="*"/></policy>
</busconfig>`

// Start runs a bus until Close.
func Start() (*Bus, error) {
	f, err := os.CreateTemp("", "bus-*.conf")
	if err != nil {
		return nil, fmt.Errorf("start a bus: %w", err)
	}
	defer os.Remove(f.Name())
	_, err = f.WriteString(config)
	if err = errors.Join(err, f.Close()); err != nil {
		return nil, fmt.Errorf("start a bus: %w", err)
	}
	b := &Bus{cmd: exec.Command("dbus-daemon", "--config-file="+f.Name(), "--nofork", "--print-address")}
	out, err := b.cmd.StdoutPipe()
	if err != nil {
		return nil, fmt.Errorf("start a bus: %w", err)
	}
	if err := b.cmd.Start(); err != nil {
		return nil, fmt.Errorf("start a bus: %w", err)
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		return nil, fmt.Errorf("start a bus: %w", errors.Join(err, b.Close()))
	}
	b.Address = strings.TrimSpace(line)
	return b, nil
}

// Close ends the bus.
func (b *Bus) Close() error {
	_ = b.cmd.Process.Kill()
	_ = b.cmd.Wait()
	return nil
}

// AwaitOwner waits until somebody owns a name on the bus.
func (b *Bus) AwaitOwner(ctx context.Context, name string) error {
	c, err := dbus.Connect(b.Address)
	if err != nil {
		return fmt.Errorf("wait for %s: %w", name, err)
	}
	defer c.Close()
	for {
		var there bool
		if err := c.BusObject().CallWithContext(ctx, "org.freedesktop.DBus.NameHasOwner", 0, name).Store(&there); err != nil || there {
			return err
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("wait for %s: %w", name, ctx.Err())
		case <-time.After(20 * time.Millisecond):
		}
	}
}
