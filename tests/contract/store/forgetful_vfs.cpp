// SPDX-License-Identifier: Apache-2.0
#include "tests/contract/store/forgetful_vfs.hpp"

#include <array>
#include <atomic>
#include <cstring>
#include <fstream>
#include <map>
#include <mutex>
#include <new>

#include <sqlite3.h>

namespace sallyport::test {

struct ForgetfulVfs::State {
    sqlite3_vfs vfs{};
    sqlite3_vfs* real = nullptr;
    std::string name;
    mutable std::mutex mutex;
    std::map<std::string, std::string> synced;  ///< file name without folder -> what is safe
    int syncs = 0;
    int cut_at = std::numeric_limits<int>::max();
    std::atomic<bool> cut = false;
    std::atomic<bool> full = false;
};

namespace {

using State = ForgetfulVfs::State;

/// Followed in memory by the real VFS's file.
struct File {
    sqlite3_file base;
    State* state;
    bool durable;  ///< database or WAL; the others are rebuilt
    std::array<char, 128> name;
};

File* own(sqlite3_file* file) {
    return reinterpret_cast<File*>(file);
}
sqlite3_file* real(sqlite3_file* file) {
    return reinterpret_cast<sqlite3_file*>(own(file) + 1);
}
const sqlite3_io_methods* methods(sqlite3_file* file) {
    return real(file)->pMethods;
}
bool is_cut(sqlite3_file* file) {
    return own(file)->state->cut;
}

int do_close(sqlite3_file* file) {
    return methods(file)->xClose(real(file));
}
int do_read(sqlite3_file* file, void* to, int size, sqlite3_int64 at) {
    if (is_cut(file)) return SQLITE_IOERR_READ;
    return methods(file)->xRead(real(file), to, size, at);
}
int do_write(sqlite3_file* file, const void* from, int size, sqlite3_int64 at) {
    if (is_cut(file)) return SQLITE_IOERR_WRITE;
    if (own(file)->state->full && own(file)->durable) return SQLITE_FULL;
    return methods(file)->xWrite(real(file), from, size, at);
}
int do_truncate(sqlite3_file* file, sqlite3_int64 size) {
    if (is_cut(file)) return SQLITE_IOERR_TRUNCATE;
    return methods(file)->xTruncate(real(file), size);
}

std::string contents(sqlite3_file* file) {
    sqlite3_int64 size = 0;
    methods(file)->xFileSize(real(file), &size);
    std::string bytes(static_cast<std::size_t>(size), '\0');
    if (size > 0) methods(file)->xRead(real(file), bytes.data(), static_cast<int>(size), 0);
    return bytes;
}

int do_sync(sqlite3_file* file, int flags) {
    State& state = *own(file)->state;
    const std::lock_guard lock(state.mutex);
    if (state.cut) return SQLITE_IOERR_FSYNC;
    if (++state.syncs >= state.cut_at) {
        state.cut = true;
        return SQLITE_IOERR_FSYNC;
    }
    if (own(file)->durable) state.synced[own(file)->name.data()] = contents(file);
    return methods(file)->xSync(real(file), flags);
}
int do_size(sqlite3_file* file, sqlite3_int64* size) {
    return methods(file)->xFileSize(real(file), size);
}
int do_lock(sqlite3_file* file, int level) {
    return methods(file)->xLock(real(file), level);
}
int do_unlock(sqlite3_file* file, int level) {
    return methods(file)->xUnlock(real(file), level);
}
int do_check_lock(sqlite3_file* file, int* result) {
    return methods(file)->xCheckReservedLock(real(file), result);
}
int do_control(sqlite3_file* file, int op, void* argument) {
    return methods(file)->xFileControl(real(file), op, argument);
}
int do_sector(sqlite3_file* file) {
    return methods(file)->xSectorSize(real(file));
}
int do_traits(sqlite3_file* file) {
    return methods(file)->xDeviceCharacteristics(real(file));
}
int do_shm_map(sqlite3_file* file, int page, int size, int extend, void volatile** to) {
    return methods(file)->xShmMap(real(file), page, size, extend, to);
}
int do_shm_lock(sqlite3_file* file, int offset, int count, int flags) {
    return methods(file)->xShmLock(real(file), offset, count, flags);
}
void do_shm_barrier(sqlite3_file* file) {
    methods(file)->xShmBarrier(real(file));
}
int do_shm_unmap(sqlite3_file* file, int remove) {
    return methods(file)->xShmUnmap(real(file), remove);
}

const sqlite3_io_methods io{
    2,
    do_close,
    do_read,
    do_write,
    do_truncate,
    do_sync,
    do_size,
    do_lock,
    do_unlock,
    do_check_lock,
    do_control,
    do_sector,
    do_traits,
    do_shm_map,
    do_shm_lock,
    do_shm_barrier,
    do_shm_unmap,
    nullptr,
    nullptr};

State& state_of(sqlite3_vfs* vfs) {
    return *static_cast<State*>(vfs->pAppData);
}

int do_open(sqlite3_vfs* vfs, sqlite3_filename path, sqlite3_file* file, int flags, int* out) {
    State& state = state_of(vfs);
    std::memset(file, 0, sizeof(File));
    if (state.cut) return SQLITE_CANTOPEN;
    own(file)->state = &state;
    own(file)->durable =
        (flags & (SQLITE_OPEN_MAIN_DB | SQLITE_OPEN_WAL | SQLITE_OPEN_MAIN_JOURNAL)) != 0;
    const std::string name = path == nullptr ? "" : std::filesystem::path(path).filename().string();
    std::strncpy(own(file)->name.data(), name.c_str(), own(file)->name.size() - 1);
    const int code = state.real->xOpen(state.real, path, real(file), flags, out);
    if (real(file)->pMethods != nullptr) file->pMethods = &io;
    return code;
}
int do_delete(sqlite3_vfs* vfs, const char* path, int sync) {
    State& state = state_of(vfs);
    if (state.cut) return SQLITE_IOERR_DELETE;
    const std::lock_guard lock(state.mutex);
    if (sync != 0) state.synced.erase(std::filesystem::path(path).filename().string());
    return state.real->xDelete(state.real, path, sync);
}
int do_access(sqlite3_vfs* vfs, const char* path, int flags, int* result) {
    State& state = state_of(vfs);
    return state.real->xAccess(state.real, path, flags, result);
}
int do_full_path(sqlite3_vfs* vfs, const char* path, int size, char* to) {
    State& state = state_of(vfs);
    return state.real->xFullPathname(state.real, path, size, to);
}

}  // namespace

ForgetfulVfs::ForgetfulVfs() : state_(std::make_unique<State>()) {
    static std::atomic<int> count = 0;
    state_->name = "forgetful-" + std::to_string(++count);
    state_->real = sqlite3_vfs_find(nullptr);
    state_->vfs = *state_->real;  // randomness, time and sleep stay the system's
    state_->vfs.iVersion = 2;
    state_->vfs.pNext = nullptr;
    state_->vfs.szOsFile = static_cast<int>(sizeof(File)) + state_->real->szOsFile;
    state_->vfs.zName = state_->name.c_str();
    state_->vfs.pAppData = state_.get();
    state_->vfs.xOpen = do_open;
    state_->vfs.xDelete = do_delete;
    state_->vfs.xAccess = do_access;
    state_->vfs.xFullPathname = do_full_path;
    sqlite3_vfs_register(&state_->vfs, 0);
}

ForgetfulVfs::~ForgetfulVfs() {
    sqlite3_vfs_unregister(&state_->vfs);
}

const std::string& ForgetfulVfs::name() const {
    return state_->name;
}

void ForgetfulVfs::cut_at_sync(int n) {
    const std::lock_guard lock(state_->mutex);
    state_->syncs = 0;
    state_->cut_at = n;
}

void ForgetfulVfs::cut_now() {
    state_->cut = true;
}
bool ForgetfulVfs::is_cut() const {
    return state_->cut;
}

int ForgetfulVfs::syncs() const {
    const std::lock_guard lock(state_->mutex);
    return state_->syncs;
}

void ForgetfulVfs::set_full(bool full) {
    state_->full = full;
}

void ForgetfulVfs::recover_into(const std::filesystem::path& folder) const {
    const std::lock_guard lock(state_->mutex);
    for (const auto& [name, bytes] : state_->synced) {
        std::ofstream out(folder / name, std::ios::binary);
        out.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    }
}

}  // namespace sallyport::test
