// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <boost/asio/awaitable.hpp>

#include "gateway/base/scheduler.hpp"
#include "gateway/port/context.hpp"
#include "transports/sms/line.hpp"

namespace sallyport::sms {

/// Looks for inbound texts whose webhook was missed, line by line, and hands them on; those known
/// are dropped by the store. Where it last looked is remembered over restarts. Shared with its own
/// errands.
class Sweeper : public std::enable_shared_from_this<Sweeper> {
  public:
    using IsOurs = std::function<bool(const Line&, std::string_view number)>;
    Sweeper(port::Context& context, IsOurs is_ours)
        : context_(context), is_ours_(std::move(is_ours)) {}

    /// Sweeps a line now (if it was swept before) and from then on at the description's pace. No-op
    /// if it cannot be swept.
    void add(const std::shared_ptr<Line>& line);
    void remove(const Line& line);
    void stop();

  private:
    void begin(const std::shared_ptr<Line>& line, std::optional<WallTime> since);
    void schedule(const std::shared_ptr<Line>& line, WallTime since);
    void run(const std::shared_ptr<Line>& line, WallTime since);
    boost::asio::awaitable<void> sweep(std::shared_ptr<Line> line, WallTime since);
    /// False: not all that came from `from` on is in `out`.
    boost::asio::awaitable<bool> read_pages(
        std::shared_ptr<Line> line, WallTime from, std::vector<SweptMessage>& out
    );
    /// False: the list of its pictures may come later, and the text with it.
    boost::asio::awaitable<bool> fetch_media(std::shared_ptr<Line> line, SweptMessage& swept);
    /// Once all is stored, what came before `done_until` is not asked for again; if not, what came
    /// after `since` is.
    void hand_on(
        const std::shared_ptr<Line>& line,
        std::vector<SweptMessage> messages,
        WallTime since,
        WallTime done_until
    );

    port::Context& context_;
    IsOurs is_ours_;
    std::map<std::string, Scheduler::Id> timers_;  ///< by Line::shown; 0 = a sweep runs
    bool is_stopped_ = false;
};

}  // namespace sallyport::sms
