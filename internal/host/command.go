package host

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path/filepath"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"foyer/app/invite"
)

// Command is `foyer serve`. It serves until its context ends, which is success;
// what a person got wrong in flags or file wraps ErrConfig.
func Command(version string) *cobra.Command {
	flags := DefaultConfig()
	var (
		file   string
		asJSON bool
	)
	c := &cobra.Command{
		Use:   "serve",
		Short: "Run a meeting server without a window",
		Long: "Run a meeting server without a window. Every flag but --config and --json has the same name\n" +
			"in the YAML file; a flag given here goes before the file.",
		Args: func(cmd *cobra.Command, args []string) error {
			if err := cobra.NoArgs(cmd, args); err != nil {
				return fmt.Errorf("%w: %w", ErrConfig, err)
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, _ []string) error {
			conf := DefaultConfig()
			if file != "" {
				if err := conf.ReadFile(file); err != nil {
					return err
				}
			}
			overlay(&conf, flags, cmd.Flags())
			return serve(cmd.Context(), cmd.OutOrStdout(), conf, version, asJSON)
		},
	}
	c.Flags().StringVar(&file, "config", "", "YAML file with the same names")
	c.Flags().BoolVar(&asJSON, "json", false, "print what is served as one JSON line")
	c.Flags().AddFlagSet(flagSet(&flags))
	return c
}

// flagSet is the flags that stand in the YAML file too; c holds their defaults.
func flagSet(c *Config) *pflag.FlagSet {
	f := pflag.NewFlagSet("serve", pflag.ContinueOnError)
	f.StringVar(&c.Listen, "listen", c.Listen, "HOST:PORT or :PORT of everything but media")
	f.StringVar(&c.PublicHost, "public-host", "", "HOST[:PORT] that links carry; https://HOST when a proxy in front does the TLS")
	f.StringVar(&c.MediaIP, "media-ip", "", "address that media is sent to, behind NAT (default: public-host if it is one)")
	f.StringVar(&c.TLSCert, "tls-cert", "", "certificate, PEM file")
	f.StringVar(&c.TLSKey, "tls-key", "", "its key, PEM file")
	f.BoolVar(&c.TLSSelfSigned, "tls-self-signed", false, "make a certificate, pinned by the links (done anyway where nothing else gives TLS, except on loopback)")
	f.IntVar(&c.UDPPort, "udp-port", c.UDPPort, "UDP port of media; 0 takes a free one")
	f.IntVar(&c.TCPPort, "tcp-port", c.TCPPort, "TCP port of media where UDP is blocked; 0 takes a free one; none on loopback")
	f.StringVar(&c.Data, "data", c.Data, "state folder")
	f.StringVar(&c.LiveKitURL, "livekit-url", "", "stand in front of this LiveKit server instead of running one")
	f.StringVar(&c.APIKey, "api-key", "", "its API key")
	f.StringVar(&c.APISecret, "api-secret", "", "its API secret")
	f.IntVar(&c.MaxParticipants, "max-participants", c.MaxParticipants, "people in a room made from now on; 0 is no limit")
	f.IntVar(&c.MaxConnections, "max-connections", c.MaxConnections, "connections open at once; 0 is no limit")
	f.IntVar(&c.MaxConnectionsPerAddress, "max-connections-per-address", c.MaxConnectionsPerAddress, "those of one address; 0 is no limit")
	f.StringVar(&c.Room, "room", "", "title of a room to have from the start; its links are printed")
	return f
}

// overlay takes over the flags that were given.
func overlay(c *Config, from Config, given *pflag.FlagSet) {
	given.Visit(func(f *pflag.Flag) {
		switch f.Name {
		case "listen":
			c.Listen = from.Listen
		case "public-host":
			c.PublicHost = from.PublicHost
		case "media-ip":
			c.MediaIP = from.MediaIP
		case "tls-cert":
			c.TLSCert = from.TLSCert
		case "tls-key":
			c.TLSKey = from.TLSKey
		case "tls-self-signed":
			c.TLSSelfSigned = from.TLSSelfSigned
		case "udp-port":
			c.UDPPort = from.UDPPort
		case "tcp-port":
			c.TCPPort = from.TCPPort
		case "data":
			c.Data = from.Data
		case "livekit-url":
			c.LiveKitURL = from.LiveKitURL
		case "api-key":
			c.APIKey = from.APIKey
		case "api-secret":
			c.APISecret = from.APISecret
		case "max-participants":
			c.MaxParticipants = from.MaxParticipants
		case "max-connections":
			c.MaxConnections = from.MaxConnections
		case "max-connections-per-address":
			c.MaxConnectionsPerAddress = from.MaxConnectionsPerAddress
		case "room":
			c.Room = from.Room
		}
	})
}

// ready is the JSON line that tells a program what is served.
type ready struct {
	Type    string            `json:"type"` // "ready"
	Version string            `json:"version"`
	Address string            `json:"address"` // listened on, host:port
	URL     string            `json:"url"`     // of the API, as links carry it
	Room    string            `json:"room,omitempty"`
	Links   map[string]string `json:"links,omitempty"` // by role
	Secrets string            `json:"secrets"`         // file with the admin password
}

// serve runs a server until ctx ends or the server fails.
func serve(ctx context.Context, out io.Writer, conf Config, version string, asJSON bool) error {
	s, err := Start(ctx, conf)
	if err != nil {
		return err
	}
	r, err := describe(ctx, s, version)
	if err == nil {
		err = r.print(out, asJSON)
	}
	if err != nil {
		return errors.Join(err, s.Close())
	}
	select {
	case <-ctx.Done():
	case <-s.Done():
	}
	return s.Close()
}

func describe(ctx context.Context, s *Server, version string) (ready, error) {
	r := ready{Type: "ready", Version: version, Address: s.Address(), Secrets: filepath.Join(s.conf.Data, secretsFile),
		URL: invite.Link{Host: s.public, Insecure: !s.secure()}.BaseURL()}
	if s.conf.Room == "" {
		return r, nil
	}
	room, err := s.EnsureRoom(ctx, s.conf.Room)
	if err != nil {
		return r, err
	}
	r.Room, r.Links = room.Name, map[string]string{}
	for _, role := range roles {
		links, err := s.Links(ctx, room.Name, role)
		if err != nil {
			return r, err
		}
		r.Links[role] = links[0].String()
	}
	return r, nil
}

func (r ready) print(out io.Writer, asJSON bool) error {
	var b bytes.Buffer
	if asJSON {
		e := json.NewEncoder(&b)
		e.SetEscapeHTML(false)
		if err := e.Encode(r); err != nil {
			return fmt.Errorf("print what is served: %w", err)
		}
	} else {
		fmt.Fprintf(&b, "Foyer serves on %s as %s\nThe admin password is in %s\n", r.Address, r.URL, r.Secrets)
		if len(r.Links) == 0 {
			fmt.Fprintln(&b, "To have a room and its links from the start, add --room TITLE")
		}
		for _, role := range roles {
			if l, ok := r.Links[role]; ok {
				fmt.Fprintf(&b, "  %-7s%s\n", role, l)
			}
		}
	}
	if _, err := out.Write(b.Bytes()); err != nil {
		return fmt.Errorf("print what is served: %w", err)
	}
	return nil
}
