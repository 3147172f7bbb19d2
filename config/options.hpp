#pragma once
/// Every option of the product, once: a line each. Read by any thread after start; see load.hpp for
/// where values come from. A new option is a new line here, nothing else.

#include "config/option.hpp"

namespace resalehub {

struct options {
  static constexpr std::int64_t mib = 1 << 20;
  static constexpr std::int64_t most = std::int64_t{1} << 48;

  option_list all;  ///< in the order below

  // -- the node -------------------------------------------------------------------------
  option<std::string> data_dir{all, "data_dir", "./data", "folder with all that this node stores"};
  option<std::string> node_name{all, "node.name", "n1",
      "name of this node in its cluster, as its certificate says"};
  option<std::string> node_region{all, "node.region", "",
      "where it stands: copies of a partition are spread over regions"};
  option<std::vector<std::string>> join{all, "join", {},
      "host:port of the links of nodes that let an empty one in; empty: it founds a cluster"};
  option<milliseconds> server_stop_ms{all, "server.stop_ms", 10'000, {0, 600'000},
      "how long a stop waits for the work that runs"};

  // -- listeners ------------------------------------------------------------------------
  option<std::string> http_address{all, "http.address", "127.0.0.1",
      "address of the public listener"};
  option<std::int64_t> http_port{all, "http.port", 8080, {0, 65'535},
      "port of the public listener; 0 takes a free one"};
  option<std::vector<std::string>> http_names{all, "http.names", {},
      "authorities that are ours; empty: any"};
  option<std::int64_t> http_threads{all, "http.threads", 1, {1, 256},
      "loops that serve the public listener"};
  option<std::vector<std::string>> http_origins{all, "http.origins", {},
      "web origins whose pages may call, exactly as browsers name them; empty: only our own"};
  option<std::string> http_certificate{all, "http.certificate", "",
      "certificate of the public listener, in PEM, its chain behind it; empty: plain HTTP"};
  option<std::string> http_key{all, "http.key", "", "key of that certificate, in PEM"};
  option<std::string> admin_address{all, "admin.address", "127.0.0.1",
      "address of the listener for operators"};
  option<std::int64_t> admin_port{all, "admin.port", 9080, {0, 65'535},
      "port of the listener for operators; 0 takes a free one"};
  option<std::string> admin_token{all, "admin.token", "",
      "what operators must send as a bearer token; needed where others than this machine can ask"};

  // -- limits of a connection -----------------------------------------------------------
  option<std::int64_t> limits_request_line_bytes{
      all, "limits.request_line_bytes", 8192, {256, mib}, "longest request line"};
  option<std::int64_t> limits_header_bytes{all, "limits.header_bytes", 16'384, {1024, mib},
      "largest block of header fields"};
  option<std::int64_t> limits_header_fields{all, "limits.header_fields", 100, {10, 1000},
      "most header fields of a request"};
  option<std::int64_t> limits_body_bytes{all, "limits.body_bytes", mib, {1024, 64 * mib},
      "largest body of a request"};
  option<milliseconds> limits_header_ms{all, "limits.header_ms", 10'000, {10, 600'000},
      "how long a request's head may take"};
  option<milliseconds> limits_body_grace_ms{all, "limits.body_grace_ms", 5000, {10, 600'000},
      "how long a body may be slow"};
  option<std::int64_t> limits_body_bytes_per_s{all, "limits.body_bytes_per_s", 1024, {0, mib},
      "slowest body after that"};
  option<milliseconds> limits_idle_ms{all, "limits.idle_ms", 30'000, {10, 3'600'000},
      "how long a connection may wait for its next request"};
  option<milliseconds> limits_write_ms{all, "limits.write_ms", 10'000, {10, 600'000},
      "how long a client may leave an answer unread"};
  option<std::int64_t> limits_requests_per_connection{
      all, "limits.requests_per_connection", 1000, {1, most},
      "requests after which a connection is closed"};
  option<std::int64_t> limits_connections{all, "limits.connections", 20'000, {1, 1'000'000},
      "most open connections"};
  option<std::int64_t> limits_connections_per_address{
      all, "limits.connections_per_address", 1000, {1, 1'000'000},
      "most open connections of one address"};
  option<std::int64_t> limits_connections_per_s{
      all, "limits.connections_per_s", 1000, {1, 1'000'000},
      "connections accepted a second"};
  option<milliseconds> limits_request_deadline_ms{
      all, "limits.request_deadline_ms", 10'000, {10, 600'000},
      "how long a request may run"};
  option<milliseconds> limits_idempotency_wait_ms{
      all, "limits.idempotency_wait_ms", 5000, {0, 600'000},
      "how long a repeated request waits for the first"};
  option<std::int64_t> limits_asks_in_flight_per_partition{
      all, "limits.asks_in_flight_per_partition", 4096, {1, 1'000'000},
      "requests that a partition works on at once"};

  // -- limits of a WebSocket ------------------------------------------------------------
  option<std::int64_t> limits_websocket_message_bytes{
      all, "limits.websocket_message_bytes", 65'536, {1024, mib},
      "largest message of a client"};
  option<std::int64_t> limits_websocket_queue_bytes{
      all, "limits.websocket_queue_bytes", mib, {4096, 64 * mib},
      "what may wait for a slow client"};
  option<std::int64_t> limits_websocket_subscriptions{
      all, "limits.websocket_subscriptions", 1000, {1, 100'000},
      "channels that one connection may watch"};
  option<std::int64_t> limits_websocket_pings_per_s{
      all, "limits.websocket_pings_per_s", 10, {1, 1000},
      "pings that one client may send"};
  option<std::int64_t> limits_websocket_fragments{
      all, "limits.websocket_fragments", 64, {1, 10'000},
      "fragments of one message"};
  option<std::int64_t> limits_websocket_messages_per_min{
      all, "limits.websocket_messages_per_min", 600, {1, most},
      "messages that one client may send"};
  option<milliseconds> limits_websocket_heartbeat_ms{
      all, "limits.websocket_heartbeat_ms", 25'000, {10, 3'600'000},
      "how often the server pings"};
  option<milliseconds> limits_websocket_dead_ms{
      all, "limits.websocket_dead_ms", 60'000, {10, 3'600'000},
      "silence after which a connection is closed"};
  option<std::int64_t> limits_websocket_errors{all, "limits.websocket_errors", 10, {1, 1000},
      "bad messages after which a connection is closed"};
  option<milliseconds> limits_websocket_ticket_ms{
      all, "limits.websocket_ticket_ms", 30'000, {10, 600'000},
      "how long a ticket is good"};

  // -- rates ----------------------------------------------------------------------------
  option<std::int64_t> limits_requests_per_s{all, "limits.requests_per_s", 1000, {1, most},
      "requests of one caller"};
  option<std::int64_t> limits_login_per_min{all, "limits.login_per_min", 5, {1, most},
      "sign-ins of one address and account"};
  option<std::int64_t> limits_signup_per_min{all, "limits.signup_per_min", 3, {1, most},
      "sign-ups of one address"};
  option<std::int64_t> limits_messages_per_min{all, "limits.messages_per_min", 20, {1, most},
      "chat messages of one user"};
  option<std::int64_t> limits_rooms_per_h{all, "limits.rooms_per_h", 5, {1, most},
      "rooms that one user opens"};
  option<std::int64_t> limits_callers_tracked{
      all, "limits.callers_tracked", 100'000, {100, 10'000'000},
      "callers whose rates are remembered"};

  // -- identity -------------------------------------------------------------------------
  option<milliseconds> auth_access_ms{all, "auth.access_ms", 300'000, {1000, 86'400'000},
      "life of an access token"};
  option<milliseconds> auth_refresh_ms{
      all, "auth.refresh_ms", 2'592'000'000, {1000, 31'622'400'000},
      "life of a refresh token"};
  option<milliseconds> auth_session_recheck_ms{all, "auth.session_recheck_ms", 30'000, {10, 60'000},
      "how long a session counts as alive without a look"};
  option<std::string> auth_issuer{all, "auth.issuer", "resalehub", "who issues access tokens"};
  option<std::string> auth_audience{all, "auth.audience", "resalehub",
      "whom access tokens are for"};
  option<std::int64_t> auth_token_cache{all, "auth.token_cache", 65'536, {0, 10'000'000},
      "verified tokens that are remembered"};
  option<std::int64_t> auth_argon2_memory_bytes{
      all, "auth.argon2_memory_bytes", 64 * mib, {8192, 4096 * mib},
      "memory of one password hash"};
  option<std::int64_t> auth_argon2_passes{all, "auth.argon2_passes", 2, {1, 100},
      "passes of one password hash"};
  option<std::int64_t> auth_argon2_threads{all, "auth.argon2_threads", 1, {1, 64},
      "password hashes at once"};
  option<std::int64_t> auth_argon2_queue{all, "auth.argon2_queue", 64, {1, 10'000},
      "passwords that may wait for their hash"};

  // -- cluster and entities -------------------------------------------------------------
  option<std::int64_t> cluster_partitions{all, "cluster.partitions", 64, {1, 32'768},
      "partitions of a new cluster; fixed for ever"};
  option<milliseconds> cluster_tick_ms{all, "cluster.tick_ms", 50, {5, 10'000},
      "length of a tick of consensus"};
  option<std::int64_t> cluster_replication{all, "cluster.replication", 3, {1, 7},
      "copies of every partition, on as many nodes"};
  option<std::int64_t> cluster_election_ticks{all, "cluster.election_ticks", 6, {3, 1000},
      "ticks of silence after which a leader is replaced, at least"};
  option<std::int64_t> cluster_heartbeat_ticks{all, "cluster.heartbeat_ticks", 2, {1, 100},
      "ticks between two words of a leader to those who follow"};
  option<milliseconds> cluster_failure_ms{all, "cluster.failure_ms", 3000, {50, 600'000},
      "silence after which a node gets no new work"};
  option<milliseconds> cluster_replace_after_ms{
      all, "cluster.replace_after_ms", 300'000, {1000, 604'800'000},
      "silence after which a node's copies are made anew on others"};
  option<milliseconds> cluster_leader_wait_ms{all, "cluster.leader_wait_ms", 1500, {0, 60'000},
      "how long a request waits for a partition's leader"};
  option<milliseconds> cluster_handover_ms{all, "cluster.handover_ms", 5000, {0, 600'000},
      "how long a stop waits until others lead what this node led"};
  option<std::int64_t> cluster_workers{all, "cluster.workers", 1, {1, 256},
      "threads that run actors"};
  option<std::int64_t> entities_memory_bytes{all, "entities.memory_bytes", 256 * mib, {mib, most},
      "what awake entities may hold before some are put to sleep"};
  option<std::int64_t> outbox_in_flight{all, "outbox.in_flight", 1024, {1, 1'000'000},
      "deliveries between entities at once, and as many calls of providers"};
  option<milliseconds> checkout_hold_ms{all, "checkout.hold_ms", 900'000, {100, 86'400'000},
      "how long a checkout holds what it reserved"};

  // -- links between nodes --------------------------------------------------------------
  option<std::string> links_address{all, "links.address", "127.0.0.1",
      "address where other nodes connect"};
  option<std::int64_t> links_port{all, "links.port", 7080, {0, 65'535},
      "port where other nodes connect; 0 takes a free one"};
  option<std::string> links_advertise{all, "links.advertise", "",
      "host:port where other nodes reach this one; empty: where it listens"};
  option<std::string> links_certificate{all, "links.certificate", "",
      "certificate of this node, in PEM; empty: links between loopback addresses only"};
  option<std::string> links_key{all, "links.key", "", "key of that certificate, in PEM"};
  option<std::string> links_authority{all, "links.authority", "",
      "certificate of the cluster's authority, in PEM"};
  option<std::int64_t> links_frame_bytes{all, "links.frame_bytes", 8 * mib, {2 * mib, 16 * mib},
      "largest message between nodes: a log entry, and what it was closed with, must fit"};
  option<std::int64_t> links_urgent_bytes{
      all, "links.urgent_bytes", 16 * mib, {mib, 1024 * mib},
      "what may wait for a node"};
  option<std::int64_t> links_bulk_bytes{all, "links.bulk_bytes", 4 * mib, {mib, 1024 * mib},
      "what may wait for a node of copies of partitions"};
  option<milliseconds> links_heartbeat_ms{all, "links.heartbeat_ms", 250, {10, 60'000},
      "how often an idle link says that it is there"};
  option<milliseconds> links_dead_ms{all, "links.dead_ms", 1000, {20, 600'000},
      "silence after which a link is given up"};
  option<milliseconds> links_handshake_ms{all, "links.handshake_ms", 3000, {10, 600'000},
      "how long a new link may take"};
  option<milliseconds> links_introduction_ms{
      all, "links.introduction_ms", 15'000, {10, 600'000},
      "how long a node that joins waits for its answer"};
  option<milliseconds> links_retry_ms{all, "links.retry_ms", 1000, {50, 600'000},
      "longest pause between attempts to connect"};
  option<milliseconds> links_files_check_ms{
      all, "links.files_check_ms", 5000, {10, 3'600'000},
      "how often the certificates' files are looked at"};
  option<std::int64_t> links_half_open{all, "links.half_open", 64, {4, 10'000},
      "connections at once that have not said who they are"};

  // -- storage --------------------------------------------------------------------------
  option<std::int64_t> storage_free_min_bytes{
      all, "storage.free_min_bytes", 512 * mib, {0, most},
      "free room on the disk below which a node steps aside; 0: it does not look"};
  option<std::int64_t> storage_state_cache_bytes{all, "storage.state_cache_bytes", 256 * mib,
      {mib, most}, "cache of the state"};
  option<std::int64_t> storage_state_write_buffer_bytes{all, "storage.state_write_buffer_bytes",
      64 * mib, {64 * 1024, most}, "memory table of the state"};
  option<std::int64_t> storage_log_write_buffer_bytes{all, "storage.log_write_buffer_bytes",
      16 * mib, {64 * 1024, 16 * mib}, "memory table of the log"};
  option<std::int64_t> storage_log_kept_bytes{
      all, "storage.log_kept_bytes", 64 * mib, {mib, most},
      "what the ends of all logs may hold in memory"};
  option<std::int64_t> storage_sync_every_bytes{
      all, "storage.sync_every_bytes", 32 * mib, {4096, most},
      "applied bytes after which the state is synced and the log cut"};

  // -- log ------------------------------------------------------------------------------
  option<std::string> log_level{
      all, "log.level", "info", {"debug", "info", "warning", "error", "off"},
      "least level that is logged"};
  option<bool> log_requests{all, "log.requests", true, "one line for every request"};
  option<std::string> log_file{all, "log.file", "", "file of the log; empty: standard error"};

  options();
  ~options();
};

}  // namespace resalehub
