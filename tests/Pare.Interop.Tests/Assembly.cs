// Each of these tests computes with every core and holds a model of its own.
[assembly: CollectionBehavior(DisableTestParallelization = true)]
