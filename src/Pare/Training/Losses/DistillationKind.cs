namespace Pare.Training;

/// <summary>How far a student is from its teacher, for a position with distributions p (teacher) and q (student), both softmax(logits / T).</summary>
public enum DistillationKind
{
    /// <summary>T²·KL(p‖q) = T²·Σ p·(ln p − ln q): the student covers all of the teacher (Hinton et al. 2015, arXiv 1503.02531).</summary>
    ForwardKl,

    /// <summary>T²·KL(q‖p): the student keeps to what the teacher finds likely.</summary>
    ReverseKl,

    /// <summary>T²·(KL(p‖m) + KL(q‖m)) / 2 with m = (p + q) / 2.</summary>
    JensenShannon,

    /// <summary>The mean over the vocabulary of (student logit − teacher logit)²; the temperature is not used.</summary>
    LogitMse,
}
