#include "tests/simulation/kit/interposed_node.hpp"

#include <utility>

namespace resalehub::simulation {
namespace {

class interposed_writer final : public log_writer {
 public:
  interposed_writer(interposer& by, process& of, std::unique_ptr<log_writer> inner)
      : by_(by), of_(of), inner_(std::move(inner)) {}
  void submit(log_append append) override {
    by_.stores(of_, storage_step::sync);
    inner_->submit(std::move(append));
  }

 private:
  interposer& by_;
  process& of_;
  std::unique_ptr<log_writer> inner_;
};

class interposed_applier final : public applier {
 public:
  interposed_applier(interposer& by, process& of, std::unique_ptr<applier> inner)
      : by_(by), of_(of), inner_(std::move(inner)) {}
  void submit(applied_entries entries) override {
    by_.stores(of_, storage_step::write);
    by_.commits(of_, entries);
    inner_->submit(std::move(entries));
  }
  void submit(transfer_chunk chunk) override {
    by_.stores(of_, storage_step::write);
    inner_->submit(std::move(chunk));
  }
  void drop(keys::partition_number partition) override { inner_->drop(partition); }
  void sync_now() override { inner_->sync_now(); }

 private:
  interposer& by_;
  process& of_;
  std::unique_ptr<applier> inner_;
};

node_actors_ports around(interposer& by, process& of, node_actors_ports ports, links& way) {
  ports.way = &way;
  ports.kinds = [&by, inner = ports.kinds](kind_prefix prefix) {
    const auto* watched = by.kind(prefix);
    return watched != nullptr ? watched : inner(prefix);
  };
  ports.make_writer = [&by, &of, make = ports.make_writer](log_store& store,
                                                           durable_callback durable) {
    return std::make_unique<interposed_writer>(by, of, make(store, std::move(durable)));
  };
  ports.make_applier = [&by, &of, make = ports.make_applier](
                           state_store& store, std::size_t bytes, applied_callback applied) {
    return std::make_unique<interposed_applier>(by, of, make(store, bytes, std::move(applied)));
  };
  return ports;
}

}  // namespace

bool interposed_links::send(node_number to, lane way, std::string message) {
  interposer::parcel what{to, way, std::move(message)};
  const auto goes = by_.sends(*this, what);
  if (goes != interposer::passage::open) return goes == interposer::passage::taken;
  bool sent = true;
  for (auto& one : by_.translated(of_, to, std::move(what.message)))
    sent = inner_.send(to, way, std::move(one)) && sent;
  return sent;
}

std::function<void()> interposed_links::sending(interposer::parcel what) {
  return [self = std::weak_ptr(self_), what = std::move(what)] {
    const auto there = self.lock();
    if (there && (*there)->of_.failure().empty())
      (void)(*there)->inner_.send(what.to, what.way, what.message);
  };
}

interposed_node::interposed_node(interposer& by, process& of, const node_actors_options& options,
                                 const node_actors_ports& ports)
    : interposed_parts{std::make_unique<interposed_links>(by, of, *ports.way)},
      node_actors(options, around(by, of, ports, *way)),
      by_(by),
      of_(of),
      given_(ports) {}

void interposed_node::ask(resalehub::ask request) {
  if (!by_.asked(*this, request)) node_actors::ask(std::move(request));
}

void interposed_node::arrived(node_number from, std::uint64_t incarnation, std::string message) {
  if (!by_.arrives(of_, from, message))
    node_actors::arrived(from, incarnation, std::move(message));
}

std::function<void()> interposed_node::asking(resalehub::ask request) {
  return [self = std::weak_ptr(self_), request = std::move(request)] {
    const auto there = self.lock();
    if (there && (*there)->of_.failure().empty()) (*there)->node_actors::ask(request);
  };
}

std::function<void()> interposed_node::refusing(const resalehub::ask& request, problem why) {
  return [self = std::weak_ptr(self_), ticket = request.ticket, sink = request.sink,
          why = std::move(why)] {
    const auto there = self.lock();
    if (there && (*there)->of_.failure().empty() && sink) sink->deliver({{ticket, why}});
  };
}

}  // namespace resalehub::simulation
