//go:build linux

package network

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sys/unix"
)

// Fate is what happens to a packet that is sent now.
type Fate struct {
	Lost  bool
	Delay time.Duration // 0 or more; no packet overtakes another one
}

// Wire is a line between the middle and a place whose packets pass through this
// process. All that goes to the place meets the same fate at the same time: who
// listens there hears through the same line. What the place sends arrives at once.
type Wire struct {
	ends [2]*os.File // in the middle, in the place
	fate atomic.Pointer[func(at time.Time) Fate]
	stop chan struct{}
	done sync.WaitGroup
}

// Wire adds a place on a wire. Close ends the wire; the network's Close removes the
// place. It needs TUN devices (Linux, networking/tuntap).
func (n *Network) Wire(ctx context.Context, name string) (w *Wire, err error) {
	p := &place{namespace: n.middle.namespace + "-" + name, address: netip.AddrFrom4([4]byte{10, 199, 1, byte(len(n.places))})}
	w = &Wire{stop: make(chan struct{})}
	defer func() {
		if err != nil {
			err = errors.Join(err, w.Close())
		}
	}()
	if err := command(ctx, "ip", "netns", "add", p.namespace); err != nil {
		return w, err
	}
	n.places[name] = p
	far, a := fmt.Sprintf("wire%d", len(n.places)), p.address.String()
	for i, end := range []struct{ namespace, device string }{{n.middle.namespace, far}, {p.namespace, inside}} {
		// A device is made here and moved: its file stays with this process.
		made := fmt.Sprintf("foyer%d", made.Add(1))
		if w.ends[i], err = openTUN(made); err != nil {
			return w, err
		}
		for _, c := range [][]string{
			{"link", "set", made, "netns", end.namespace},
			{"-n", end.namespace, "link", "set", made, "name", end.device},
			{"-n", end.namespace, "link", "set", end.device, "up"},
		} {
			if err := command(ctx, append([]string{"ip"}, c...)...); err != nil {
				return w, err
			}
		}
	}
	for _, c := range [][]string{
		{"-n", p.namespace, "link", "set", "lo", "up"},
		{"-n", n.middle.namespace, "route", "add", a, "dev", far},
		{"-n", p.namespace, "address", "add", a, "dev", inside},
		{"-n", p.namespace, "route", "add", "default", "dev", inside}, // browsers ask where it leads
	} {
		if err := command(ctx, append([]string{"ip"}, c...)...); err != nil {
			return w, err
		}
	}
	w.Bend(func(time.Time) Fate { return Fate{} })
	w.done.Add(2)
	go w.down()
	go w.up()
	return w, nil
}

// Bend sets the fate of what goes to the place from now on. It is called by one
// goroutine of the wire's, in the order of the packets.
func (w *Wire) Bend(fate func(at time.Time) Fate) { w.fate.Store(&fate) }

type waiting struct {
	due    time.Time
	packet []byte
}

func (w *Wire) down() {
	defer w.done.Done()
	queue := make(chan waiting, 4096)
	w.done.Add(1)
	go func() {
		defer w.done.Done()
		for next := range queue {
			t := time.NewTimer(time.Until(next.due))
			select {
			case <-t.C:
			case <-w.stop:
				t.Stop()
				continue
			}
			_, _ = w.ends[1].Write(next.packet) // fails when the wire is cut
		}
	}()
	defer close(queue)
	var last time.Time
	b := make([]byte, 1<<16)
	for {
		n, err := w.ends[0].Read(b)
		if err != nil {
			return
		}
		now := time.Now()
		f := (*w.fate.Load())(now)
		if f.Lost {
			continue
		}
		if due := now.Add(f.Delay); due.After(last) {
			last = due
		}
		select {
		case queue <- waiting{last, append([]byte(nil), b[:n]...)}:
		case <-w.stop:
			return
		}
	}
}

func (w *Wire) up() {
	defer w.done.Done()
	b := make([]byte, 1<<16)
	for {
		n, err := w.ends[1].Read(b)
		if err != nil {
			return
		}
		_, _ = w.ends[0].Write(b[:n])
	}
}

// Close cuts the wire and waits for what passes through it.
func (w *Wire) Close() error {
	close(w.stop)
	var errs []error
	for _, f := range w.ends {
		if f != nil {
			errs = append(errs, f.Close())
		}
	}
	w.done.Wait()
	return errors.Join(errs...)
}

// TUN is the device that wires are made with.
const TUN = "/dev/net/tun"

func openTUN(name string) (*os.File, error) {
	fd, err := unix.Open(TUN, unix.O_RDWR|unix.O_NONBLOCK|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", TUN, err)
	}
	r, err := unix.NewIfreq(name)
	if err == nil {
		r.SetUint16(unix.IFF_TUN | unix.IFF_NO_PI)
		err = unix.IoctlIfreq(fd, unix.TUNSETIFF, r)
	}
	if err != nil {
		_ = unix.Close(fd)
		return nil, fmt.Errorf("make a TUN device: %w", err)
	}
	return os.NewFile(uintptr(fd), name), nil
}

// Listen opens a TCP port on a place's loopback, for this process to serve.
func (n *Network) Listen(name string) (l net.Listener, err error) {
	err = n.at(name, func() (err error) {
		l, err = net.Listen("tcp", "127.0.0.1:0")
		return err
	})
	return l, err
}

// Dial connects this process to a numeric TCP address as if it were in a place.
func (n *Network) Dial(ctx context.Context, name, address string) (c net.Conn, err error) {
	err = n.at(name, func() (err error) {
		c, err = new(net.Dialer).DialContext(ctx, "tcp", address)
		return err
	})
	return c, err
}

// at does what opens a socket on a thread of its own in a place's namespace. The
// socket stays there.
func (n *Network) at(name string, open func() error) error {
	done := make(chan error)
	go func() {
		runtime.LockOSThread() // and never unlocked: the thread ends with this goroutine
		ns, err := os.Open("/run/netns/" + n.places[name].namespace)
		if err == nil {
			defer ns.Close()
			err = unix.Setns(int(ns.Fd()), unix.CLONE_NEWNET)
		}
		if err == nil {
			err = open()
		}
		done <- err
	}()
	if err := <-done; err != nil {
		return fmt.Errorf("open a socket at %s: %w", name, err)
	}
	return nil
}
