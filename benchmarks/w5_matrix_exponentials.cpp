// W5: transition probabilities of 5 x 5 intensity matrices, every pair (Q, t) different, on one
// thread: ours in batches and one by one, beside Eigen's MatrixFunctions, in the same run.
//
//   w5_matrix_exponentials [matrices] [repetitions]
//
// CPU time, median over the repetitions. Also the largest difference from Eigen, in any entry.

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <functional>
#include <random>
#include <vector>

#include <kohort/model/intensity_matrix.hpp>
#include <kohort/model/probability_batch.hpp>
#include <kohort/model/probability_matrix.hpp>
#include <kohort/support/instruction_set.hpp>

#include <unsupported/Eigen/MatrixFunctions>

namespace {

using square = Eigen::Matrix<double, 5, 5>;

double cpu_seconds() { return static_cast<double>(std::clock()) / CLOCKS_PER_SEC; }

struct system_under_test {
  const char* name;
  std::function<void()> run;
  std::vector<double> nanoseconds;  // per matrix, one for each repetition
};

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

}  // namespace

int main(int argc, char** argv) {
  const std::size_t count = argc > 1 ? std::strtoul(argv[1], nullptr, 10) : 200000;
  const int repetitions = argc > 2 ? std::atoi(argv[2]) : 7;

  // Ten rates of the dependency model, each off its base by a log-normal factor; times 0.02
  // to 2.02.
  const int from[] = {0, 0, 1, 1, 1, 2, 2, 2, 3, 3}, to[] = {1, 4, 0, 2, 4, 1, 3, 4, 2, 4};
  const double base[] = {.55, .06, .14, .52, .11, .12, .36, .18, .08, .34};
  std::mt19937_64 generator(5);
  std::normal_distribution<double> normal;
  std::vector<kohort::intensity_matrix<5>> Q;
  std::vector<double> flat, t;
  for (std::size_t k = 0; k < count; ++k) {
    square rates = square::Zero();
    for (int j = 0; j < 10; ++j) rates(from[j], to[j]) = base[j] * std::exp(.5 * normal(generator));
    Q.push_back(kohort::intensity_matrix<5>::from_rates(rates));
    for (int r = 0; r < 5; ++r) {
      for (int s = 0; s < 5; ++s) flat.push_back(Q.back()(r, s));
    }
    t.push_back(0.02 + 2.0 * std::fmod(static_cast<double>(k) * 0.6180339887498949, 1.0));
  }

  std::vector<square> eigen(count);
  std::vector<double> stacked(count * 25);
  std::vector<kohort::probability_matrix<5>> ours(count,
                                                  kohort::probability_matrix<5>::identity(5));
  std::vector<system_under_test> systems;
  double sink = 0;
  systems.push_back({"kohort, batch, typed matrices",
                     [&] { kohort::transition_probabilities<5>(Q, t, std::span(ours), 1); },
                     {}});
  systems.push_back({"kohort, batch, plain arrays checked",
                     [&] { kohort::transition_probabilities(5, flat, t, stacked, 1); },
                     {}});
  systems.push_back({"kohort, one by one, fixed 5 x 5",
                     [&] {
                       for (std::size_t k = 0; k < count; ++k) {
                         sink += kohort::transition_probability(Q[k], t[k])(0, 3);
                       }
                     },
                     {}});
  systems.push_back({"Eigen exp(), fixed 5 x 5",
                     [&] {
                       for (std::size_t k = 0; k < count; ++k) {
                         eigen[k] = square(Q[k].matrix() * t[k]).exp();
                       }
                     },
                     {}});
  systems.push_back({"Eigen exp(), dynamic size",
                     [&] {
                       for (std::size_t k = 0; k < count; ++k) {
                         const Eigen::MatrixXd tQ = Q[k].matrix() * t[k];
                         sink += Eigen::MatrixXd(tQ.exp())(0, 3);
                       }
                     },
                     {}});
  for (int repetition = 0; repetition < repetitions; ++repetition) {
    for (auto& system : systems) {
      const double start = cpu_seconds();
      system.run();
      system.nanoseconds.push_back((cpu_seconds() - start) / static_cast<double>(count) * 1e9);
    }
  }

  double difference = 0;
  for (std::size_t k = 0; k < count; ++k) {
    difference = std::max(difference, (ours[k].matrix() - eigen[k]).cwiseAbs().maxCoeff());
  }
  const char* sets[] = {"baseline", "AVX2", "AVX-512"};
  std::printf("W5: %zu matrices of 5 x 5, every (Q, t) different, one thread, %s\n", count,
              sets[static_cast<int>(kohort::best_instruction_set())]);
  std::printf("%-40s %14s %18s\n", "", "ns a matrix", "times as fast as");
  std::printf("%-40s %14s %18s\n", "", "(CPU, median)", "Eigen fixed size");
  const double peer = median(systems[3].nanoseconds);
  for (const auto& system : systems) {
    const double own = median(system.nanoseconds);
    std::printf("%-40s %14.1f %18.2f\n", system.name, own, peer / own);
  }
  std::printf("largest difference from Eigen in any entry: %.1e (check %.6f)\n", difference, sink);
  return difference < 1e-12 ? 0 : 1;
}
