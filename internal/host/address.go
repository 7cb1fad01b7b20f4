package host

import (
	"net"
	"slices"
	"strings"
)

// lanAddresses are this machine's addresses as others on its network reach it,
// the likeliest first.
func lanAddresses() []string {
	all, err := net.Interfaces()
	if err != nil {
		return nil
	}
	type candidate struct {
		ip   string
		rank int
	}
	var found []candidate
	best := routed()
	for _, i := range all {
		if i.Flags&net.FlagUp == 0 || i.Flags&net.FlagLoopback != 0 {
			continue
		}
		addresses, err := i.Addrs()
		if err != nil {
			continue
		}
		for _, a := range addresses {
			n, ok := a.(*net.IPNet)
			if !ok || !n.IP.IsGlobalUnicast() {
				continue
			}
			c := candidate{ip: n.IP.String()}
			if n.IP.To4() == nil {
				c.rank++
			}
			if virtual(i.Name) {
				c.rank += 2
			}
			if c.ip == best {
				c.rank = -1
			}
			found = append(found, c)
		}
	}
	slices.SortStableFunc(found, func(a, b candidate) int { return a.rank - b.rank })
	list := make([]string, 0, len(found))
	for _, c := range found {
		if !slices.Contains(list, c.ip) {
			list = append(list, c.ip)
		}
	}
	return list
}

// routed is the address that this machine would call others from; nothing is sent.
func routed() string {
	c, err := net.Dial("udp4", "192.0.2.1:9") // TEST-NET-1, RFC 5737
	if err != nil {
		return ""
	}
	defer c.Close()
	return c.LocalAddr().(*net.UDPAddr).IP.String()
}

// virtual says whether an interface leads to containers or virtual machines on
// this machine, not to other people.
func virtual(name string) bool {
	for _, p := range []string{"docker", "br-", "veth", "virbr", "vmnet", "vboxnet", "lxc", "cni", "podman"} {
		if strings.HasPrefix(name, p) {
			return true
		}
	}
	return false
}
