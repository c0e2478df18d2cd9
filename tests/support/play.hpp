// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "xmpp/core/machine.hpp"

/// The transcript player: dialogues in text files, played against a machine.
///
/// A transcript has one step on each line; `#` starts a comment, and an indented line continues the
/// one before.
///
///     S: bytes     the peer sends these
///     C: bytes     we have sent these (lines in a row are one text); `{any}` stands for any bytes
///     E: event     the machine told its owner this; `{any}` stands for any text
///     X: reason    the machine closes the link, for that reason
///     A: command   its owner does something
///     T: 20s       so much time passes (s or ms)
///     EOF          the peer's end of the connection is gone
///
/// In bytes, `\n` `\r` `\t` `\\` and `\xHH` are escapes and `{repeat 1000 abc}` is what it says.
/// Before every step that is not C, E or X, and at the end, all that the machine said must have
/// been expected.
///
/// Each transcript is played whole, one byte at a time, and cut off before every line, where the
/// machine must close once and then be silent.
namespace sallyport::test {

struct Said {
    std::string bytes;
};
struct Told {
    std::string event;
};
struct ClosedWith {
    std::string reason;
};
using Output = std::variant<Said, Told, ClosedWith>;

/// A machine as the player sees it.
class PlayedMachine {
  public:
    virtual ~PlayedMachine() = default;
    virtual void start(TimePoint now) = 0;
    virtual void feed(std::string_view bytes, TimePoint now) = 0;
    virtual void closed(TimePoint now) = 0;
    virtual void tick(TimePoint now) = 0;
    virtual std::optional<Output> poll() = 0;
    /// Does what an A: line says. What it returns is an event, if any.
    virtual std::optional<std::string> act(std::string_view command, TimePoint now) = 0;
};

/// Any Machine as a PlayedMachine. `Script` says how to make it, name its events and do its
/// commands: `make() -> unique_ptr<M>`, `tell(const M::Event&) -> string`, `act(M&, string_view,
/// TimePoint) -> optional<string>`.
template <Machine M, class Script>
class Played final : public PlayedMachine {
  public:
    explicit Played(Script script) : script_(std::move(script)), machine_(script_.make()) {}

    void start(TimePoint now) override { machine_->start(now); }
    void feed(std::string_view bytes, TimePoint now) override { machine_->feed(bytes, now); }
    void closed(TimePoint now) override { machine_->closed(now); }
    void tick(TimePoint now) override { machine_->tick(now); }
    std::optional<std::string> act(std::string_view command, TimePoint now) override {
        return script_.act(*machine_, command, now);
    }
    std::optional<Output> poll() override {
        auto output = machine_->poll();
        if (!output) return std::nullopt;
        if (const auto* event = std::get_if<typename M::Event>(&*output))
            return Told{script_.tell(*event)};
        const Action& action = std::get<Action>(*output);
        if (const auto* write = std::get_if<Write>(&action)) return Said{write->bytes};
        if (const auto* close = std::get_if<Close>(&action)) return ClosedWith{close->reason};
        return Told{"start tls"};
    }

  private:
    Script script_;
    std::unique_ptr<M> machine_;
};

using MakeMachine = std::function<std::unique_ptr<PlayedMachine>()>;

/// Plays a transcript in the three ways. Failures are GoogleTest's, at file and line of the
/// transcript.
void play(const std::filesystem::path& transcript, const MakeMachine& make);
/// The transcripts in a folder, sorted by name.
std::vector<std::filesystem::path> transcripts(const std::filesystem::path& folder);
/// All that the peer sends in a transcript, joined: what seeds the fuzzers.
std::string peer_bytes(const std::filesystem::path& transcript);

/// Whether `text` is what `pattern` says, whose `{any}` stand for any text.
bool matches(std::string_view text, std::string_view pattern);

}  // namespace sallyport::test
