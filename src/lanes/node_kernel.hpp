#pragma once

namespace kohort::detail {

/// Rates along clocks that move, one interval a lane, and their mixtures for the commutator-free
/// step of order 4:
///
///     q_k(node) = exp(eta_k + sum_c gamma_kc x_c(node))
///     pieces of a step with nodes 1, 2:   x1 q(1) + x2 q(2),  then  x2 q(1) + x1 q(2)
///
/// with x1 = 1/4 + sqrt(3)/6 and x2 = 1/4 - sqrt(3)/6. All arrays are lanes apart, as in
/// `run_batch` (entry (i, lane) at i * width + lane), but for `gamma`. Plain pointers only: see
/// lanes.hpp.
/// @see  Blanes & Moan (2006), Appl Numer Math 56:1519-1537
struct node_batch {
  int transitions, columns;  // columns: those that move
  int steps;                 // of the longest lane
  const double* eta;         // (steps or 1) x transitions: log rates without what moves
  bool eta_steps;            // whether eta differs from step to step
  const double* gamma;       // transitions x columns, the same in all lanes
  const double* x;           // steps x 2 x columns
  double* nodes;             // steps x 2 x transitions, out: rates at the nodes
  double* pieces;            // steps x 2 x transitions, out: the mixtures
};

/// The way back: from slopes by the pieces' rates to those by eta and gamma.
struct node_slopes {
  const double* pieces;  // steps x 2 x transitions: dl/d(piece's rate)
  double* eta;           // (steps or 1) x transitions, out: dl/deta
  double* gamma;         // transitions x columns, out: dl/dgamma
  double* flat;          // (steps or 1) x transitions, out: dl/dq, the same at all nodes; or null
};

using node_kernel = void (*)(const node_batch&);
using node_adjoint = void (*)(const node_batch&, const node_slopes&);
using exp_kernel = void (*)(double* values, int vectors);

namespace baseline {
void node_rates(const node_batch&);
void node_back(const node_batch&, const node_slopes&);
void exponentials(double* values, int vectors);
}  // namespace baseline
namespace avx2 {
void node_rates(const node_batch&);
void node_back(const node_batch&, const node_slopes&);
void exponentials(double* values, int vectors);
}  // namespace avx2
namespace avx512 {
void node_rates(const node_batch&);
void node_back(const node_batch&, const node_slopes&);
void exponentials(double* values, int vectors);
}  // namespace avx512

}  // namespace kohort::detail
