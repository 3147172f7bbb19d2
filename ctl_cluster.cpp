#include "ctl_cluster.hpp"

#include "base/json.hpp"

namespace resalehub {

/// RFC 9457, as every refusal of a node comes.
struct told_problem {
  std::optional<std::string> type, title, detail, instance, code, request_id, effect;
  std::optional<std::int64_t> status, retry_after_ms;
  std::optional<bool> retryable;
  std::optional<raw_json> meta, errors;
};
BOOST_DESCRIBE_STRUCT(told_problem, (), (type, title, detail, instance, code, request_id, effect,
                                         status, retry_after_ms, retryable, meta, errors))

namespace {

constexpr milliseconds page_patience{1500};  ///< top goes on without a node that hangs

problem problem_from(const ctl_answer& answer) {
  const auto read = from_json<told_problem>(answer.body);
  problem out{code::internal, "the node answered " + std::to_string(answer.status)};
  if (!read) return out;
  if (const auto known = code_from_name(read->code.value_or(""))) out.code = *known;
  if (read->detail) out.detail = *read->detail;
  else if (read->title) out.detail = *read->title;
  if (read->errors) out.detail += " " + read->errors->text;
  return out;
}

}  // namespace

/// Nobody there: the next one is asked. Whatever a node says is an answer.
result<std::string> ctl_cluster::ask(const ctl_request& request) const {
  result<ctl_answer> answer{problem{code::shard_unavailable, "there is nobody to ask"}};
  for (const auto& address : addresses_) {
    answer = call_node({address, token_}, request);
    if (answer) break;
  }
  if (!answer) return std::move(answer).problem();
  if (answer->status >= 400) return problem_from(*answer);
  return std::move(answer->body);
}

template <class T>
result<told<T>> ctl_cluster::ask_for(const ctl_request& request) const {
  auto body = ask(request);
  if (!body) return std::move(body).problem();
  auto read = from_json<T>(*body);
  if (!read)
    return problem{code::internal, "the node's answer could not be read: is it of this version?"};
  return told<T>{*std::move(read), *std::move(body)};
}

result<told<std::vector<node_line>>> ctl_cluster::nodes() const {
  return ask_for<std::vector<node_line>>({"GET", "/admin/nodes"});
}

result<told<std::vector<partition_line>>> ctl_cluster::partitions() const {
  return ask_for<std::vector<partition_line>>({"GET", "/admin/partitions"});
}

result<told<where_line>> ctl_cluster::where(const std::string& id) const {
  return ask_for<where_line>({"GET", "/admin/where/" + id});
}

result<told<inspected>> ctl_cluster::inspect(const std::string& target) const {
  return ask_for<inspected>({"GET", target});
}

result<told<node_line>> ctl_cluster::order(const ctl_request& about_node) const {
  return ask_for<node_line>(about_node);
}

result<told<partition_line>> ctl_cluster::transfer(std::uint32_t partition,
                                                   const std::string& to) const {
  return ask_for<partition_line>({"POST",
                                  "/admin/partitions/" + std::to_string(partition) + "/transfer",
                                  to_json(transfer_body{{to}})});
}

result<std::string> ctl_cluster::metrics_of(const std::string& address) const {
  auto answer = call_node({address, token_, page_patience}, {"GET", "/metrics"});
  if (!answer) return std::move(answer).problem();
  if (answer->status >= 400) return problem_from(*answer);
  return std::move(answer->body);
}

}  // namespace resalehub
