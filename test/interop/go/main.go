// A peer in Go that takes part in a Weft network: gossip, DHT records and the framed control stream, with nothing but go-libp2p.
// It is driven by JSON lines: commands on standard input, events on standard output.
package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"sync"
	"time"

	"github.com/libp2p/go-libp2p"
	dht "github.com/libp2p/go-libp2p-kad-dht"
	pubsub "github.com/libp2p/go-libp2p-pubsub"
	"github.com/libp2p/go-libp2p/core/host"
	"github.com/libp2p/go-libp2p/core/network"
	"github.com/libp2p/go-libp2p/core/peer"
	"github.com/libp2p/go-libp2p/core/protocol"
	"github.com/multiformats/go-multiaddr"
	"github.com/multiformats/go-varint"
)

const frameMax = 6 << 20

type command struct {
	Do    string `json:"do"`
	Topic string `json:"topic"`
	Key   string `json:"key"`
	Data  []byte `json:"data"`
}

type event struct {
	Event     string   `json:"event"`
	From      string   `json:"from,omitempty"`
	Topic     string   `json:"topic,omitempty"`
	Data      []byte   `json:"data,omitempty"`
	Addresses []string `json:"addresses,omitempty"`
	Error     string   `json:"error,omitempty"`
}

// sequenced is Weft's validator: a record begins with a big-endian u64, and the highest one wins.
type sequenced struct{}

func (sequenced) Validate(_ string, value []byte) error {
	if len(value) < 8 || len(value) > 8<<10 {
		return errors.New("malformed record")
	}
	return nil
}

func (sequenced) Select(_ string, values [][]byte) (int, error) {
	best := 0
	for index, value := range values {
		if bytes.Compare(value, values[best]) > 0 {
			best = index
		}
	}
	return best, nil
}

var output sync.Mutex

func say(one event) {
	output.Lock()
	defer output.Unlock()
	if err := json.NewEncoder(os.Stdout).Encode(one); err != nil {
		os.Exit(1)
	}
}

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func main() {
	hash := flag.String("network", "", "network hash: eight hex digits")
	join := flag.String("join", "", "multiaddr of a peer")
	flag.Parse()
	ctx := context.Background()

	node, err := libp2p.New(libp2p.ListenAddrStrings("/ip4/127.0.0.1/tcp/0"))
	check(err)
	records, err := dht.New(node, dht.Mode(dht.ModeServer),
		dht.ProtocolPrefix(protocol.ID("/weft/"+*hash)), dht.NamespacedValidator("weft", sequenced{}))
	check(err)
	gossip, err := pubsub.NewGossipSub(ctx, node)
	check(err)
	control := protocol.ID("/weft/" + *hash + "/control/1")
	node.SetStreamHandler(control, func(stream network.Stream) { readFrames(stream) })

	remote := connect(ctx, node, *join)
	addresses := []string{}
	for _, address := range node.Addrs() {
		addresses = append(addresses, address.String()+"/p2p/"+node.ID().String())
	}
	say(event{Event: "ready", From: node.ID().String(), Addresses: addresses})
	serve(ctx, &peerParts{node: node, records: records, gossip: gossip, prefix: "/weft/" + *hash + "/", control: control, remote: remote})
}

func connect(ctx context.Context, node host.Host, address string) peer.ID {
	parsed, err := multiaddr.NewMultiaddr(address)
	check(err)
	info, err := peer.AddrInfoFromP2pAddr(parsed)
	check(err)
	check(node.Connect(ctx, *info))
	return info.ID
}

type peerParts struct {
	node    host.Host
	records *dht.IpfsDHT
	gossip  *pubsub.PubSub
	prefix  string
	control protocol.ID
	remote  peer.ID
	stream  network.Stream
	topics  map[string]*pubsub.Topic
}

func serve(ctx context.Context, parts *peerParts) {
	parts.topics = map[string]*pubsub.Topic{}
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, 16<<20)
	for lines.Scan() {
		var one command
		check(json.Unmarshal(lines.Bytes(), &one))
		parts.run(ctx, one)
	}
}

func (parts *peerParts) run(ctx context.Context, one command) {
	limited, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	switch one.Do {
	case "subscribe":
		subscription, err := parts.topic(one.Topic).Subscribe()
		check(err)
		go parts.listen(ctx, one.Topic, subscription)
	case "publish":
		check(parts.topic(one.Topic).Publish(ctx, one.Data))
	case "put":
		say(answer("put", nil, parts.records.PutValue(limited, "/weft/"+one.Key, one.Data)))
	case "get":
		value, err := parts.records.GetValue(limited, "/weft/"+one.Key)
		say(answer("got", value, err))
	case "send":
		if parts.stream == nil {
			stream, err := parts.node.NewStream(ctx, parts.remote, parts.control)
			check(err)
			parts.stream = stream
			go readFrames(stream)
		}
		_, err := parts.stream.Write(append(varint.ToUvarint(uint64(len(one.Data))), one.Data...))
		check(err)
	}
}

func answer(name string, data []byte, err error) event {
	if err != nil {
		return event{Event: name, Error: err.Error()}
	}
	return event{Event: name, Data: data}
}

func (parts *peerParts) topic(name string) *pubsub.Topic {
	if known, ok := parts.topics[name]; ok {
		return known
	}
	joined, err := parts.gossip.Join(parts.prefix + name)
	check(err)
	parts.topics[name] = joined
	return joined
}

func (parts *peerParts) listen(ctx context.Context, topic string, subscription *pubsub.Subscription) {
	for {
		message, err := subscription.Next(ctx)
		if err != nil {
			return
		}
		if message.GetFrom() != parts.node.ID() {
			say(event{Event: "gossip", Topic: topic, From: message.GetFrom().String(), Data: message.Data})
		}
	}
}

func readFrames(stream network.Stream) {
	reader := bufio.NewReader(stream)
	for {
		length, err := varint.ReadUvarint(reader)
		if err != nil || length > frameMax {
			_ = stream.Reset()
			return
		}
		frame := make([]byte, length)
		if _, err := io.ReadFull(reader, frame); err != nil {
			return
		}
		say(event{Event: "frame", From: stream.Conn().RemotePeer().String(), Data: frame})
	}
}
