#include "gateway/passwords.hpp"

#include <sodium.h>

#include <array>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <functional>

#include "base/check.hpp"

namespace resalehub {
namespace {

using awaitable_token = boost::asio::use_awaitable_t<loop_executor>;

class argon2_passwords final : public password_port {
 public:
  explicit argon2_passwords(const password_rules& rules) : rules_(rules), threads_(rules.threads) {
    check(sodium_init() >= 0, "libsodium starts");
    dummy_ = hashed("nobody has this password");
  }

  task<result<std::string>> hash(std::string password) override {
    std::string out;
    if (!co_await run([&] { out = hashed(password); })) co_return overloaded();
    if (out.empty()) co_return overloaded();
    co_return out;
  }

  task<result<bool>> matches(std::string password, std::string hash) override {
    bool same = false;
    const bool known = !hash.empty();
    const std::string& against = known ? hash : dummy_;
    const auto work = [&] {
      same = crypto_pwhash_str_verify(against.c_str(), password.data(), password.size()) == 0;
    };
    if (!co_await run(work)) co_return overloaded();
    co_return same && known;
  }

 private:
  static problem overloaded() {
    problem full{code::overloaded, "Too many people sign in at the moment."};
    full.retry_after_ms = 1000;
    return full;
  }

  std::string hashed(std::string_view password) const {
    std::array<char, crypto_pwhash_STRBYTES> out{};
    const int failed =
        crypto_pwhash_str_alg(out.data(), password.data(), password.size(), rules_.passes,
                              rules_.memory_kib * 1024, crypto_pwhash_ALG_ARGON2ID13);
    return failed == 0 ? std::string{out.data()} : std::string{};
  }

  /// Runs `work` in the pool and comes back to the caller's loop; false when the queue is full.
  task<bool> run(std::function<void()> work) {
    if (queued_.fetch_add(1) >= rules_.queue_max) {
      queued_.fetch_sub(1);
      co_return false;
    }
    const auto loop = co_await boost::asio::this_coro::executor;
    awaitable_token awaited;
  co_await boost::asio::async_initiate<awaitable_token, void()>(
        [&](auto next) {
          auto job = [this, &work, next = std::move(next),
                      busy = boost::asio::make_work_guard(loop)]() mutable {
            work();
            queued_.fetch_sub(1);
            boost::asio::post(busy.get_executor(),
                              [next = std::move(next)]() mutable { std::move(next)(); });
          };
          boost::asio::post(threads_, std::move(job));
        },
        awaited);
    co_return true;
  }

  password_rules rules_;
  std::string dummy_;
  std::atomic<std::size_t> queued_{0};
  boost::asio::thread_pool threads_;
};

}  // namespace

std::unique_ptr<password_port> make_argon2_passwords(const password_rules& rules) {
  return std::make_unique<argon2_passwords>(rules);
}

}  // namespace resalehub
