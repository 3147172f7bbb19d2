#include "tests/simulation/log_watch.hpp"

#include "tests/simulation/stable_hash.hpp"

namespace resalehub::simulation {
namespace {

std::string place(machine_number machine, group_number group, std::uint64_t index) {
  return "machine " + std::to_string(machine) + ", partition " + std::to_string(group) +
         ", entry " + std::to_string(index);
}

class watched_writer final : public inline_log_writer {
 public:
  watched_writer(log_watch& watch, machine_number machine,
                 std::unique_ptr<inline_log_writer> inner)
      : watch_(watch), machine_(machine), inner_(std::move(inner)) {}
  void submit(log_append append) override {
    watch_.appended(machine_, append);
    inner_->submit(std::move(append));
  }
  bool run_once() override { return inner_->run_once(); }
  bool idle() const override { return inner_->idle(); }
  log_writer_figures figures() const override { return inner_->figures(); }

 private:
  log_watch& watch_;
  const machine_number machine_;
  std::unique_ptr<inline_log_writer> inner_;
};

class watched_applier final : public inline_applier {
 public:
  watched_applier(log_watch& watch, machine_number machine, std::unique_ptr<inline_applier> inner)
      : watch_(watch), machine_(machine), inner_(std::move(inner)) {}
  void submit(applied_entries entries) override {
    watch_.applying(machine_, entries);
    inner_->submit(std::move(entries));
  }
  void submit(transfer_chunk chunk) override {
    watch_.transferred(machine_, chunk);
    inner_->submit(std::move(chunk));
  }
  void drop(keys::partition_number partition) override {
    watch_.dropped(machine_, partition);
    inner_->drop(partition);
  }
  void sync_now() override { inner_->sync_now(); }
  bool run_once() override { return inner_->run_once(); }
  bool idle() const override { return inner_->idle(); }

 private:
  log_watch& watch_;
  const machine_number machine_;
  std::unique_ptr<inline_applier> inner_;
};

}  // namespace

void log_watch::store(group_number group, view& of, const log_entry& one) {
  stable_hash hash;
  hash.add(one.type);
  if (one.data) hash.add(*one.data);
  const entry made{one.term, hash.value()};
  of.entries[one.index] = made;
  const auto [at, fresh] = made_.try_emplace({group, one.index, one.term}, made.hash);
  if (!fresh && at->second != made.hash)
    told_("R3", "two different entries of term " + std::to_string(one.term) + " at partition " +
                    std::to_string(group) + ", index " + std::to_string(one.index));
}

void log_watch::opened(machine_number machine, group_number group, const stored_log& stored,
                       std::uint64_t applied) {
  auto& of = views_[{machine, group}];
  of = {};
  of.applied = applied;
  for (const auto& one : stored.entries) store(group, of, one);
}

void log_watch::appended(machine_number machine, const log_append& append) {
  auto& of = views_[{machine, append.group}];
  if (append.reset) of.entries.clear();
  if (append.entries.empty()) return;
  of.entries.erase(of.entries.lower_bound(append.entries.front().index), of.entries.end());
  for (const auto& one : append.entries) store(append.group, of, one);
}

void log_watch::applying(machine_number machine, const applied_entries& entries) {
  auto& of = views_[{machine, entries.partition}];
  if (entries.index <= of.applied && of.applied > 1)
    told_("R6", place(machine, entries.partition, entries.index) + " is applied behind " +
                    std::to_string(of.applied));
  for (auto at = of.entries.upper_bound(of.applied);
       at != of.entries.end() && at->first <= entries.index; ++at) {
    ++entries_applied_;
    const auto [found, fresh] = agreed_.try_emplace({entries.partition, at->first}, at->second);
    if (!fresh && found->second != at->second)
      told_("R4", place(machine, entries.partition, at->first) + " is of term " +
                      std::to_string(at->second.term) + ", elsewhere of term " +
                      std::to_string(found->second.term));
  }
  of.applied = entries.index;
}

void log_watch::transferred(machine_number machine, const transfer_chunk& chunk) {
  if (chunk.last != 0) views_[{machine, chunk.partition}].applied = chunk.as_of.index;
}

void log_watch::dropped(machine_number machine, group_number group) {
  views_[{machine, group}] = {};
}

std::unique_ptr<inline_log_writer> log_watch::watched(machine_number machine,
                                                      std::unique_ptr<inline_log_writer> inner) {
  return std::make_unique<watched_writer>(*this, machine, std::move(inner));
}

std::unique_ptr<inline_applier> log_watch::watched(machine_number machine,
                                                   std::unique_ptr<inline_applier> inner) {
  return std::make_unique<watched_applier>(*this, machine, std::move(inner));
}

}  // namespace resalehub::simulation
