package host

import (
	"encoding/json"
	"fmt"
	"path/filepath"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// Command is `foyer serve`.
func Command() *cobra.Command {
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
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			conf := DefaultConfig()
			if file != "" {
				if err := conf.ReadFile(file); err != nil {
					return err
				}
			}
			overlay(&conf, flags, cmd.Flags())
			return serve(cmd, conf, asJSON)
		},
	}
	f := c.Flags()
	f.StringVar(&file, "config", "", "YAML file with the same names")
	f.BoolVar(&asJSON, "json", false, "print what is served as one JSON line")
	f.StringVar(&flags.Listen, "listen", flags.Listen, "HOST:PORT or :PORT of everything but media")
	f.StringVar(&flags.PublicHost, "public-host", "", "name or address that links carry")
	f.StringVar(&flags.TLSCert, "tls-cert", "", "certificate, PEM file")
	f.StringVar(&flags.TLSKey, "tls-key", "", "its key, PEM file")
	f.BoolVar(&flags.TLSSelfSigned, "tls-self-signed", false, "make a certificate; links pin it")
	f.IntVar(&flags.UDPPort, "udp-port", flags.UDPPort, "UDP port of media; 0 takes a free one")
	f.IntVar(&flags.TCPPort, "tcp-port", flags.TCPPort, "TCP port of media where UDP is blocked; 0 takes a free one")
	f.StringVar(&flags.Data, "data", flags.Data, "state folder")
	f.StringVar(&flags.LiveKitURL, "livekit-url", "", "stand in front of this LiveKit server instead of running one")
	f.StringVar(&flags.APIKey, "api-key", "", "its API key")
	f.StringVar(&flags.APISecret, "api-secret", "", "its API secret")
	f.IntVar(&flags.MaxParticipants, "max-participants", 0, "people in a room made from now on; 0 is no limit")
	f.StringVar(&flags.Room, "room", "", "title of a room to have from the start; its links are printed")
	return c
}

// overlay takes over the flags that were given.
func overlay(c *Config, from Config, given *pflag.FlagSet) {
	given.Visit(func(f *pflag.Flag) {
		switch f.Name {
		case "listen":
			c.Listen = from.Listen
		case "public-host":
			c.PublicHost = from.PublicHost
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
		case "room":
			c.Room = from.Room
		}
	})
}

// ready is the JSON line that tells a program what is served.
type ready struct {
	Type    string            `json:"type"` // "ready"
	Address string            `json:"address"`
	Room    string            `json:"room,omitempty"`
	Links   map[string]string `json:"links,omitempty"` // by role
	Secrets string            `json:"secrets"`         // file with the admin password
}

func serve(cmd *cobra.Command, conf Config, asJSON bool) error {
	ctx := cmd.Context()
	s, err := Start(ctx, conf)
	if err != nil {
		return err
	}
	r := ready{Type: "ready", Address: s.Address(), Secrets: filepath.Join(conf.Data, secretsFile)}
	if conf.Room != "" {
		room, err := s.EnsureRoom(ctx, conf.Room)
		if err != nil {
			s.Close()
			return err
		}
		r.Room, r.Links = room.Name, map[string]string{}
		for _, role := range roles {
			links, err := s.Links(ctx, room.Name, role)
			if err != nil {
				s.Close()
				return err
			}
			r.Links[role] = links[0].String()
		}
	}
	out := cmd.OutOrStdout()
	if asJSON {
		e := json.NewEncoder(out)
		e.SetEscapeHTML(false)
		if err := e.Encode(r); err != nil {
			s.Close()
			return fmt.Errorf("print what is served: %w", err)
		}
	} else {
		fmt.Fprintf(out, "Foyer serves on %s; the admin password is in %s\n", r.Address, r.Secrets)
		for _, role := range roles {
			if l, ok := r.Links[role]; ok {
				fmt.Fprintf(out, "  %-7s%s\n", role, l)
			}
		}
	}
	select {
	case <-ctx.Done():
	case <-s.Done():
	}
	return s.Close()
}
