//go:build linux

package network

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"sync/atomic"
	"time"
)

const (
	// burst is what a limited line sends at once, in bytes: a handful of packets.
	burst = 8 << 10
	// depth is how much a limited line queues, in time at the rate: a home
	// router's, deep enough that a sender who does not heed it is seen.
	depth = time.Second
	// inside is the interface at a line's outer end.
	inside = "eth0"
	hub    = "hub"
)

// made counts networks, for their names.
var made atomic.Uint32

// Network is a star of namespaces. Its methods are for one goroutine, Backlog for any.
type Network struct {
	places map[string]*place
	middle *place
}

// place is one namespace.
type place struct {
	namespace string
	address   netip.Addr
	rate      int // of the line towards the middle, bits per second; 0 is no limit
	loss      float64
}

// Missing says what is needed and not there, or "".
func Missing() string {
	for _, p := range []string{"ip", "tc", "iptables"} {
		if _, err := exec.LookPath(p); err != nil {
			return p
		}
	}
	if os.Geteuid() != 0 {
		return "root's right to make network namespaces"
	}
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	n, err := New(ctx, "middle", "outer")
	if err == nil {
		err = errors.Join(n.Limit(ctx, "outer", 1_000_000), n.Lose(ctx, "outer", 0.5),
			command(ctx, append(n.Within("outer"), "true")...), n.Close())
	}
	if err != nil {
		return fmt.Sprintf("a kernel with network namespaces, tbf and iptables' statistic match (%v)", err)
	}
	return ""
}

// New makes a namespace in the middle, and others with a line to it each.
func New(ctx context.Context, middle string, others ...string) (n *Network, err error) {
	id := fmt.Sprintf("foyer-%d-%d-", os.Getpid(), made.Add(1))
	address := netip.AddrFrom4([4]byte{10, 199, 0, 1})
	n = &Network{places: map[string]*place{}}
	defer func() {
		if err != nil {
			err = errors.Join(err, n.Close())
		}
	}()
	add := func(name string) (*place, error) {
		p := &place{namespace: id + name, address: address}
		address = address.Next()
		if err := command(ctx, "ip", "netns", "add", p.namespace); err != nil {
			return nil, err
		}
		n.places[name] = p
		return p, command(ctx, "ip", "-n", p.namespace, "link", "set", "lo", "up")
	}
	if n.middle, err = add(middle); err != nil {
		return n, err
	}
	m := n.middle.namespace
	// One bridge, so that the middle has one address: LiveKit listens on each.
	for _, c := range [][]string{
		{"-n", m, "link", "add", hub, "type", "bridge"},
		{"-n", m, "address", "add", n.middle.address.String() + "/24", "dev", hub},
		{"-n", m, "link", "set", hub, "up"},
	} {
		if err := command(ctx, append([]string{"ip"}, c...)...); err != nil {
			return n, err
		}
	}
	for i, name := range others {
		p, err := add(name)
		if err != nil {
			return n, err
		}
		port := fmt.Sprintf("line%d", i)
		for _, c := range [][]string{
			{"-n", m, "link", "add", port, "type", "veth", "peer", "name", inside, "netns", p.namespace},
			{"-n", m, "link", "set", port, "master", hub, "up"},
			{"-n", p.namespace, "address", "add", p.address.String() + "/24", "dev", inside},
			{"-n", p.namespace, "link", "set", inside, "up"},
		} {
			if err := command(ctx, append([]string{"ip"}, c...)...); err != nil {
				return n, err
			}
		}
	}
	return n, nil
}

// Within is what goes before a command line to run it in a place.
func (n *Network) Within(name string) []string {
	return []string{"ip", "netns", "exec", n.places[name].namespace}
}

// Address is a place's address.
func (n *Network) Address(name string) string { return n.places[name].address.String() }

// Limit holds what a place sends to a rate, in bits per second. What is queued stays.
func (n *Network) Limit(ctx context.Context, name string, rate int) error {
	p := n.places[name]
	verb := "change"
	if p.rate == 0 {
		verb = "add"
	}
	queue := int(depth.Seconds() * float64(rate) / 8)
	err := command(ctx, "tc", "-n", p.namespace, "qdisc", verb, "dev", inside, "root", "tbf", "rate", fmt.Sprintf("%dbit", rate),
		"burst", strconv.Itoa(burst), "limit", strconv.Itoa(max(queue, 2*burst)))
	if err == nil {
		p.rate = rate
	}
	return err
}

var backlog = regexp.MustCompile(`backlog (\d+)(K|M)?b`)

// Backlog is how long what a limited place sends now waits in its line's queue.
func (n *Network) Backlog(ctx context.Context, name string) (time.Duration, error) {
	p := n.places[name]
	out, err := exec.CommandContext(ctx, "tc", "-n", p.namespace, "-s", "qdisc", "show", "dev", inside).Output()
	if err != nil {
		return 0, fmt.Errorf("look at the queue of %s: %w", name, err)
	}
	m := backlog.FindSubmatch(out)
	if m == nil || p.rate == 0 {
		return 0, fmt.Errorf("look at the queue of %s: tc says %q", name, out)
	}
	bytes, err := strconv.Atoi(string(m[1]))
	if err != nil {
		return 0, fmt.Errorf("look at the queue of %s: %w", name, err)
	}
	switch string(m[2]) {
	case "K":
		bytes <<= 10
	case "M":
		bytes <<= 20
	}
	return time.Duration(float64(bytes*8) / float64(p.rate) * float64(time.Second)), nil
}

// Lose drops a part of a place's packets, 0 to 1, by chance, each way. They are
// dropped where they arrive: a sender would hear of what its own kernel drops.
func (n *Network) Lose(ctx context.Context, name string, part float64) error {
	p := n.places[name]
	for _, end := range [][2]string{{p.namespace, n.middle.address.String()}, {n.middle.namespace, p.address.String()}} {
		do := func(args ...string) error {
			return command(ctx, append([]string{"ip", "netns", "exec", end[0], "iptables", "-w"}, args...)...)
		}
		drop := func(verb string, part float64) error {
			return do(verb, "INPUT", "-s", end[1], "-m", "statistic", "--mode", "random", "--probability", fmt.Sprintf("%.4f", part), "-j", "DROP")
		}
		if p.loss > 0 {
			if err := drop("-D", p.loss); err != nil {
				return err
			}
		}
		if part > 0 {
			if err := drop("-A", part); err != nil {
				return err
			}
		}
	}
	p.loss = part
	return nil
}

// Close removes the namespaces, and with them their lines.
func (n *Network) Close() error {
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	var errs []error
	for name, p := range n.places {
		errs = append(errs, command(ctx, "ip", "netns", "delete", p.namespace))
		delete(n.places, name)
	}
	return errors.Join(errs...)
}

func command(ctx context.Context, line ...string) error {
	if out, err := exec.CommandContext(ctx, line[0], line[1:]...).CombinedOutput(); err != nil {
		return fmt.Errorf("%s: %w: %s", strings.Join(line, " "), err, strings.TrimSpace(string(out)))
	}
	return nil
}
